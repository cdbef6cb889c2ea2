// Compiled modules of WebAssembly. Between threads they cross as themselves, without being compiled again.

interface ModuleClass {
  customSections(module: unknown, name: string): unknown;
}

const { Module } = ((globalThis as { WebAssembly?: unknown }).WebAssembly ?? {}) as { readonly Module?: ModuleClass };

/** True for a module of any realm. */
export function isWebAssemblyModule(value: object): boolean {
  try {
    // The first is quick, the second certain: it throws for everything else.
    if ((value as { [Symbol.toStringTag]?: unknown })[Symbol.toStringTag] !== 'WebAssembly.Module') return false;
    return Module?.customSections(value, 'none') !== undefined;
  } catch {
    return false;
  }
}

export const whyNotOverProcesses =
  "it is a compiled WebAssembly.Module, which only threads can share; use kind: 'thread', or send its bytes";
