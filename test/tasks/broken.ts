// A module that cannot be loaded.
export function any(): void {}

throw new RangeError('broken while loading');
