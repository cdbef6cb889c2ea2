// A module that holds the loop for ever as it loads.
for (;;);

export function any(): void {}
