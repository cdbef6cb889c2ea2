import { ClusterWorker } from 'poolifier';

import * as tasks from './tasks.mjs';

export default new ClusterWorker({ ...tasks });
