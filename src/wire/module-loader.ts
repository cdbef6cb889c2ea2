// How the receiver of a value gets the modules of portable classes that it does not have yet.

export interface ModuleLoader {
  /** Why this module is not loaded for the sake of data; undefined where it is. */
  whyNot(url: string): string | undefined;
  /** Loads it, so that it registers its classes. */
  load(url: string): Promise<unknown>;
}

const codeSchemes: ReadonlySet<string> = new Set(['data:', 'blob:', 'http:', 'https:', 'node:', 'javascript:']);

/** True for URLs that are code themselves, or lead to another machine: data never names these. */
export function isCode({ protocol }: URL): boolean {
  return codeSchemes.has(protocol);
}
