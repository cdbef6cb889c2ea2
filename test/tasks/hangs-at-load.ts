// A module that never ends to load, and leaves the loop free.
await new Promise(() => {});

export function any(): void {}
