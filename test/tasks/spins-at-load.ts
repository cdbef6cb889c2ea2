// A module that holds the loop for ever as it loads.
const isEver = process.pid > 0;
while (isEver);

export function any(): void {}
