// A real terminal, of tmux: what is typed goes to a shell in it, and what is shown can be read.
import { execFileSync, spawnSync } from 'node:child_process';

import { until } from './pools.ts';

/** Why there is no terminal to test in; undefined where there is one. */
export const noTerminal: string | undefined =
  spawnSync('tmux', ['-V']).status === 0 ? undefined : 'there is no tmux here: apt-get install tmux';

export class Terminal implements Disposable {
  readonly #socket = `polyloop-${process.pid}-${Math.random().toString(36).slice(2)}`;

  constructor(cwd: string, columns = 100, rows = 30) {
    this.#tmux('new-session', '-d', '-x', `${columns}`, '-y', `${rows}`, '-c', cwd, 'bash --norc --noprofile');
    this.type("PS1='$ '; clear");
  }

  /** What is on the screen now, without what is right of it. */
  get screen(): string {
    return this.#tmux('capture-pane', '-p');
  }

  get lines(): string[] {
    return this.screen.trimEnd().split('\n');
  }

  get isCursorShown(): boolean {
    return this.#tmux('display-message', '-p', '#{cursor_flag}').trim() === '1';
  }

  /** The process in which the lines that are typed run. */
  get shell(): number {
    return Number(this.#tmux('display-message', '-p', '#{pane_pid}'));
  }

  /** Types a line and the return key. */
  type(line: string): void {
    this.#tmux('send-keys', '-l', line);
    this.press('Enter');
  }

  /** Keys by their names: `C-c`, `Enter`. */
  press(key: string): void {
    this.#tmux('send-keys', key);
  }

  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', `${columns}`, '-y', `${rows}`);
  }

  async shows(what: RegExp, withinMs = 20_000): Promise<void> {
    await until(
      () => what.test(this.screen),
      () => `the screen shows ${what}; it shows:\n${this.screen}`,
      withinMs,
    );
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server');
  }

  #tmux(...args: string[]): string {
    const env = { ...process.env, TERM: 'xterm-256color', NODE_TEST_CONTEXT: undefined };
    return execFileSync('tmux', ['-f', '/dev/null', '-L', this.#socket, ...args], { encoding: 'utf8', env });
  }
}
