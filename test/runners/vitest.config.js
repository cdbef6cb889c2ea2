export default {
  root: import.meta.dirname,
  test: { globals: true, pool: 'vmForks', include: ['values.test.js'], testTimeout: 20_000 },
};
