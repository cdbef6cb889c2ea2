// Typed references to the exports of a module that knows nothing of polyloop. The module is not loaded here.
import { DefinitionError } from '../errors.ts';
import { moduleUrl, type ModuleLocation } from './module-url.ts';
import { refer, reference, type AnyFunction, type TaskFunction, type TaskOf } from './task-function.ts';

/** The functions that a module exports, each as a task function. */
export type TasksOf<Module> = {
  readonly [Name in keyof Module as Module[Name] extends AnyFunction ? Name : never]: Module[Name] extends AnyFunction
    ? TaskOf<Module[Name]>
    : never;
};

/**
 * References to the exported functions of a module, to be run in a pool; typed from the module, without loading it here.
 * Whether the module exists and exports the name is known when a worker loads it: `run` then rejects with a
 * {@link WorkerStartError} or a {@link TaskNotFoundError} that names what the module does export.
 *
 * @param url The module's URL: `new URL('./image.ts', import.meta.url)`, `import.meta.resolve('marked')`, or an absolute path.
 * @throws {DefinitionError} The URL depends on where one stands (`'./image.ts'`, `'marked'`).
 * @example
 * const markdown = tasksFrom<typeof import('marked')>(import.meta.resolve('marked'));
 * const html = await pool.run(markdown.parse, '# Hello');
 */
export function tasksFrom<Module extends object>(url: ModuleLocation): TasksOf<Module> {
  const moduleAt = moduleUrl(url, 'tasksFrom()');
  const made = new Map<string, TaskFunction>();
  return new Proxy(Object.create(null) as TasksOf<Module>, {
    get(_target, name) {
      // `then` is asked for by every `await` and is no export that anyone can mean.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      let fn = made.get(name);
      if (fn === undefined) made.set(name, (fn = uncallable(moduleAt, name)));
      return fn;
    },
  });
}

function uncallable(url: string, name: string): TaskFunction {
  return refer(
    () => {
      throw new DefinitionError(
        `\`${name}\` of tasksFrom(${url}) only names a function that a pool can run; the module is not loaded here. ` +
          `Write pool.run(tasks.${name}, …), or import the module to call it.`,
      );
    },
    reference(url, name),
  );
}
