// The environment of workers: that of this process, and what the pool's `env` says.
import { delimiter } from 'node:path';

import { arrayJoin, arrayMap } from '../../task/arrays.ts';
import { absoluteFlags, absolutePath } from './absolute-flags.ts';
import { startFolders } from './current-folder.ts';
import { inheritedNodeOptions } from './inherited-flags.ts';
import { parseNodeOptions, writeNodeOptions } from './node-options.ts';
import type { WorkerSettings } from '../transport.ts';

/** Variables that Node reads as paths when it starts. */
const pathVariables = [
  'NODE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_REDIRECT_WARNINGS',
  'OPENSSL_CONF',
  'SSL_CERT_DIR',
  'SSL_CERT_FILE',
];

/** A copy, in which nothing is undefined, and paths that Node reads when a worker starts mean what they mean here. */
export function workerEnvironment({ env, folder }: Pick<WorkerSettings, 'env' | 'folder'>): NodeJS.ProcessEnv {
  const given = typeof env === 'object' ? env : {};
  const result: NodeJS.ProcessEnv = { ...process.env, ...given };
  for (const name of ['NODE_OPTIONS', 'NODE_PATH', ...pathVariables]) {
    const value = result[name];
    if (value === undefined || value === '') continue;
    // What is copied from `process.env` has come from where this process was started.
    const isInherited = value === process.env[name];
    const folders = isInherited ? startFolders : folder === undefined ? [] : [folder];
    if (name === 'NODE_PATH')
      result[name] = arrayJoin(
        arrayMap(value.split(delimiter), (part) => absolutePath(part, folders)),
        delimiter,
      );
    else if (name !== 'NODE_OPTIONS') result[name] = absolutePath(value, folders);
    else if (isInherited) result[name] = inheritedNodeOptions(value, folders);
    else result[name] = writeNodeOptions(absoluteFlags(parseNodeOptions(value), folders));
  }
  for (const [name, value] of Object.entries(result)) if (value === undefined) delete result[name];
  return result;
}
