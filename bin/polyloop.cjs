#!/usr/bin/env node
// Written so that every Node can read it, and other runtimes: one that is too old, or is another, must be able to say so.
var found = process.versions.node.split('.').map(Number);
var other = process.versions.bun
  ? 'Bun ' + process.versions.bun
  : process.versions.deno
    ? 'Deno ' + process.versions.deno
    : '';
if (other !== '' || found[0] < 22 || (found[0] === 22 && found[1] < 18)) {
  console.error(
    other !== ''
      ? 'The command polyloop runs on Node 22.18 or later; this is ' + other + '. Run it with npx, or with node itself.'
      : 'polyloop needs Node 22.18 or later; this is ' + process.version + '. Install a newer one, then run it again.',
  );
  process.exitCode = 255;
} else {
  // In the repository the sources run as they are; in the package there are none.
  var source = require('path').join(__dirname, '../src/cli/main.ts');
  void import(require('fs').existsSync(source) ? '../src/cli/main.ts' : '../dist/cli/main.js');
}
