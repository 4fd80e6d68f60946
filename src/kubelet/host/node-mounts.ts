import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { HostMounts } from './port.ts';

const run = promisify(execFile);

/** The mount points in a /proc/self/mountinfo, in the order they were made. */
export function mountPoints(mountinfo: string): string[] {
  return mountinfo
    .split('\n')
    .filter(line => line !== '')
    .map(line =>
      line
        .split(' ')[4]!
        .replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
}

/** Mounts by the host's own mount(8) and umount(8). */
export class NodeMounts implements HostMounts {
  async mountTmpfs(
    path: string,
    options: { readonly sizeBytes?: number; readonly mode?: number },
  ): Promise<void> {
    await mkdir(path, { recursive: true });
    const words = ['rw', 'nosuid', 'nodev'];
    if (options.sizeBytes) words.push(`size=${options.sizeBytes}`);
    if (options.mode !== undefined) words.push(`mode=${options.mode.toString(8)}`);
    await run('mount', ['-t', 'tmpfs', '-o', words.join(','), 'tmpfs', path]);
  }

  async unmountAll(path: string): Promise<void> {
    const below = (await this.#points()).filter(point => point === path || point.startsWith(`${path}/`));
    // The last made goes first: it may lie on top of, or below, an earlier one.
    for (const point of below.reverse()) {
      try {
        await run('umount', [point]);
      } catch {
        // Something still has it open: out of the way now, gone when it is let go.
        await run('umount', ['-l', point]);
      }
    }
  }

  async isMount(path: string): Promise<boolean> {
    return (await this.#points()).includes(path);
  }

  async #points(): Promise<string[]> {
    return mountPoints(await readFile('/proc/self/mountinfo', 'utf8'));
  }
}
