export default {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch: ['**/values.test.js'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/strip-types.js' },
};
