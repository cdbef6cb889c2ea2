// The file that a worker starts with: polyloop's own, or the one that a bundled program names.
import { statSync } from 'node:fs';

/** The file to start. Throws where there is no such file: Node would say so only on the stderr of each worker. */
export function workerFile(given: URL | undefined, own: () => URL): URL {
  const file = given ?? ownFile(own);
  if (file !== undefined && (file.protocol !== 'file:' || isThere(file))) return file;
  const what =
    file === undefined
      ? "polyloop's own file for workers cannot be found"
      : `there is no file ${file.href} for workers`;
  throw new Error(
    `${what}. Where polyloop is bundled into the program, build another file that begins with \`import 'polyloop/worker'\`, ` +
      'and name it by `workerEntry`.',
  );
}

function ownFile(own: () => URL): URL | undefined {
  try {
    return own();
  } catch {
    // A bundler that writes CommonJS leaves `import.meta.url` undefined.
    return undefined;
  }
}

/** (`existsSync` asks for the real user of a program that has another effective one.) */
function isThere(file: URL): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
