// @ts-check
process.on('message', (n) => process.send?.(Number(n) + 1));
