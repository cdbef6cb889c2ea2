// The article's kinds of task: an object with its own data and a `run`. To cross to a worker its class must be portable.

/**
 * A task with a synchronous `run`.
 *
 * @example
 * class Sum extends Task<number> {
 *   static { portable(import.meta, this); }
 *   numbers: number[];
 *   constructor(numbers: number[]) { super(); this.numbers = numbers; }
 *   run() { return this.numbers.reduce((sum, n) => sum + n, 0); }
 * }
 * const [sum] = await new ParallelTaskExecutor(2).executeTasks([new Sum([1, 2])]);
 */
export abstract class Task<Result = void> {
  abstract run(): Result;
}

/**
 * A task with an asynchronous `run`. While it waits, others run in the same worker.
 *
 * @example
 * class Greet extends AsyncTask<string> {
 *   static { portable(import.meta, this); }
 *   name: string;
 *   constructor(name: string) { super(); this.name = name; }
 *   async run() { await setTimeout(100); return `Hello ${this.name} from process(id=${process.pid})`; }
 * }
 * const greetings = await new ParallelAsyncTaskExecutor(2).executeTasks([new Greet('a'), new Greet('b')]);
 */
export abstract class AsyncTask<Result = void> {
  abstract run(): Promise<Result>;
}
