// The line that says what went wrong, in what Node prints when a program dies.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { errorLine, placeOf } from '../../src/pool/error-line.ts';

const frames =
  '    at load (node:internal/modules/esm/loader:441:20)\n    at file:///app/b.mjs:9:1\n\nNode.js v26.10.0\n';

const printed: [what: string, stderr: string, line: string | undefined][] = [
  ['nothing', '', undefined],
  ['a text', 'one\n\ntwo\n', 'two'],
  [
    'a module that cannot be parsed',
    `file:///app/a.mjs:2\nconst = ;\n      ^\n\nSyntaxError: Unexpected token '='\n${frames}`,
    "SyntaxError: Unexpected token '=', at file:///app/a.mjs:2:7",
  ],
  [
    'a module of TypeScript that cannot be parsed',
    `node:internal/modules/run_main:111\n    triggerUncaughtException(\n    ^\n\n/app/a.ts:2\nconst a = () => {\n  return x +;\n            ^\n};\n\nSyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expression expected\n    at parseTypeScript (node:internal/modules/typescript:61:36)\n\nNode.js v26.10.0\n`,
    'SyntaxError [ERR_INVALID_TYPESCRIPT_SYNTAX]: Expression expected, at /app/a.ts:2:13',
  ],
  [
    'TypeScript that Node does not take',
    `/app/a.ts:1\nexport enum Color { Red }\n       ^^^^^^^^^^^^^^^^^^\nexport const a = 1;\n\nSyntaxError [ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX]: TypeScript enum is not supported in strip-only mode\n    at parseTypeScript (node:internal/modules/typescript:57:40)\n\nNode.js v26.10.0\n`,
    'SyntaxError [ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX]: TypeScript enum is not supported in strip-only mode, at /app/a.ts:1:8',
  ],
  [
    'a module that lacks an export',
    `file:///app/a.mjs:1\nimport { x } from 'node:fs';\n         ^\nSyntaxError: The module has no x\n${frames}`,
    'SyntaxError: The module has no x, at file:///app/a.mjs:1:10',
  ],
  [
    'a module that is not there',
    `node:internal/modules/esm/resolve:241\n    throw new ERR_MODULE_NOT_FOUND(\n          ^\n\nError [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/x.mjs' imported from /app/a.mjs\n${frames}`,
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/app/x.mjs' imported from /app/a.mjs",
  ],
  [
    'an error with properties and a cause',
    `/app/a.cjs:3\n  throw e\n  ^\n\nRangeError: no config\n    at f (/app/a.cjs:3:9) {\n  code: 'E_X',\n  [cause]: Error: deep\n      at g (/app/c.cjs:1:1)\n}\n\nNode.js v22.18.0\n`,
    'RangeError: no config, at /app/a.cjs:3:3',
  ],
  [
    'a thrown text',
    `node:internal/modules/run_main:111\n    triggerUncaughtException(\n    ^\ntext\n(Use \`node --trace-uncaught ...\` to show where the exception was thrown)\n\nNode.js v26.10.0\n`,
    'text',
  ],
  [
    'an error without a picture',
    `Error: lost\n    at /app/a.mjs:4:5\n\nNode.js v26.10.0\n`,
    'Error: lost, at /app/a.mjs:4:5',
  ],
  [
    'a warning before it',
    '(node:7) Warning: careful\n(Use `node --trace-warnings ...` to show)\n',
    '(Use `node --trace-warnings ...` to show)',
  ],
  ['a flag that Node does not know', 'node: bad option: --x\n', 'node: bad option: --x'],
  [
    'no more memory',
    '<--- Last few GCs --->\n\nFATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory\n----- Native stack trace -----\n\n 1: 0xe1 node::Abort() [node]\n',
    'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  ],
];

describe('the line with the error', () => {
  for (const [what, stderr, line] of printed) {
    it(`is found in what Node prints about ${what}`, () => assert.equal(errorLine(stderr), line));
    it(`is found where its lines end as on Windows: ${what}`, () => {
      assert.equal(errorLine(stderr.replaceAll('\n', '\r\n')), line);
    });
  }
});

describe('the place in a stack', () => {
  it('is that of Node’s picture, or of the first frame, where that is not of Node', () => {
    const picture =
      'file:///a.mjs:1\nimport { x } from "y";\n         ^\nSyntaxError: no x\n    at node:internal/x:1:2';
    assert.equal(placeOf(picture), 'file:///a.mjs:1:10');
    assert.equal(placeOf('RangeError: no\n    at file:///a.mjs:3:7\n    at node:internal/x:1:2'), 'file:///a.mjs:3:7');
    assert.equal(placeOf('Error: no\n    at f (/a b/c.js:3:7)'), '/a b/c.js:3:7');
    assert.equal(placeOf('Error: no\n    at f (node:internal/x:1:2)\n    at /a.js:1:1'), undefined);
    for (const stack of [undefined, 7, '', 'Error: no']) assert.equal(placeOf(stack), undefined);
  });
});
