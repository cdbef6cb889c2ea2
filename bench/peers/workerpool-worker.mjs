import workerpool from 'workerpool';

workerpool.worker({ increment: (n) => n + 1 });
