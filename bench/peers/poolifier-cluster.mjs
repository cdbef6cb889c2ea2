import { ClusterWorker } from 'poolifier';

export default new ClusterWorker((n) => n + 1);
