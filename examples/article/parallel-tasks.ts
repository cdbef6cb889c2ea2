// The article's second program: tasks over a pool of processes. There they run one after the other; here, in parallel.
import { isMain, ParallelTaskExecutor, portable, Task } from '../../src/index.ts';

class DummyTask extends Task {
  static {
    portable(import.meta, this);
  }
  readonly name: string;
  readonly spinMs: number;

  constructor(name: string, spinMs: number) {
    super();
    this.name = name;
    this.spinMs = spinMs;
  }

  run(): void {
    console.log(`${this.name}: Hello from process(id=${process.pid})`);
    const end = performance.now() + this.spinMs;
    while (performance.now() < end);
  }
}

if (isMain(import.meta)) {
  const [count = 2, spinMs = 100] = process.argv.slice(2).map(Number);
  const tasks = Array.from({ length: count }, (_, at) => new DummyTask(`DummyTask ${at + 1}`, spinMs));
  const startedAt = performance.now();
  await new ParallelTaskExecutor(2).executeTasks(tasks);
  console.log(`${count} tasks in ${Math.round(performance.now() - startedAt)} ms`);
}
