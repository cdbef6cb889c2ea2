// Python's two pools of processes. They are measured inside of Python, by the same clock rules, and report as JSON.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import type { OwnPeer } from './peer.ts';

const script = fileURLToPath(new URL('./python.py', import.meta.url));

const python = (name: 'python-pool' | 'python-executor', fewerTasks: OwnPeer['fewerTasks'] & object): OwnPeer => ({
  how: 'own',
  name,
  transport: 'process',
  measures: ['submit', 'map', 'latency'],
  fewerTasks,
  async measure(measure, tasks) {
    const { stdout } = await promisify(execFile)('python3', [script, name, measure, String(tasks)]);
    return JSON.parse(stdout) as Record<string, number>;
  },
});

export const peers = [
  python('python-pool', { submit: 50_000 }),
  // Its `map` sends one task a message, unless it is told a chunk's size.
  python('python-executor', { submit: 20_000, map: 20_000 }),
];
