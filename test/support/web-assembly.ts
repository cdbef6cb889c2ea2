// WebAssembly, of which Node's types say nothing.
interface WebAssemblyOfNode {
  Module: new (code: Uint8Array) => object;
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
}

export const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyOfNode };
