import type { HostFs } from '../host/port.ts';
import type { Runtime } from '../runtime.ts';

const sizeBytesMax = 10 * 2 ** 20;
const filesMax = 5;

/** Keeps each running container's log below 10 MiB and its old pieces below five, upstream's defaults. */
export class LogRotator {
  readonly #runtime: Runtime;
  readonly #fs: HostFs;

  constructor(runtime: Runtime, fs: HostFs) {
    this.#runtime = runtime;
    this.#fs = fs;
  }

  async rotateAll(): Promise<void> {
    for (const { id } of await this.#runtime.listContainers({ state: 'RUNNING' })) {
      const { logPath } = await this.#runtime.containerStatus(id);
      const size = logPath ? ((await this.#fs.stat(logPath))?.size ?? 0) : 0;
      if (size > sizeBytesMax) await this.#rotate(id, logPath);
    }
  }

  async #rotate(id: string, path: string): Promise<void> {
    const oldest = filesMax - 1;
    await this.#fs.remove(`${path}.${oldest}`);
    for (let n = oldest - 1; n >= 1; n--) {
      if (await this.#fs.stat(`${path}.${n}`)) await this.#fs.rename(`${path}.${n}`, `${path}.${n + 1}`);
    }
    await this.#fs.rename(path, `${path}.1`);
    await this.#runtime.reopenLog(id);
  }
}
