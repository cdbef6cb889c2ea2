// @ts-check
import { ThreadWorker } from 'poolifier';

import * as tasks from '../tasks/tasks.mjs';

// In its types every task can do without an input.
const functions = /** @type {Record<string, (input: any) => any>} */ ({ ...tasks });
export default new ThreadWorker(functions);
