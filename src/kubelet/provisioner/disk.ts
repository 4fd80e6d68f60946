/** Where volumes are, by their names. */
import type { HostPort } from '../host/port.ts';

export interface VolumeDisk {
  /** The volume's folder. */
  path(name: string): string;
  /** Makes the folder; one that is there already stays as it is. */
  make(name: string): Promise<void>;
  /** Removes the folder with all that is in it; a missing one is fine. */
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
  /** Removes the folder where nothing is in it. */
  removeEmpty(name: string): Promise<void>;
}

/** Folders below one folder of the host. */
export class HostDisk implements VolumeDisk {
  readonly #host: Pick<HostPort, 'fs' | 'mounts'>;
  readonly #root: string;

  constructor(host: Pick<HostPort, 'fs' | 'mounts'>, root: string) {
    this.#host = host;
    this.#root = root;
  }

  path(name: string): string {
    return `${this.#root}/${name}`;
  }

  /**
   * Containers of any user write to a volume, so it is open to all; the folder around it is not, so that on the host nobody
   * but its owner comes near what they put there, programs with the set-user-ID bit among it.
   */
  async make(name: string): Promise<void> {
    const { fs } = this.#host;
    await fs.makeDirectory(this.#root, 0o700);
    await fs.changeMode(this.#root, 0o700);
    await fs.makeDirectory(this.path(name));
    await fs.changeMode(this.path(name), 0o777);
  }

  async remove(name: string): Promise<void> {
    const { fs, mounts } = this.#host;
    await mounts.unmountAll(this.path(name));
    await fs.removeContested(this.path(name));
  }

  names(): Promise<readonly string[]> {
    return this.#host.fs.list(this.#root);
  }

  async removeEmpty(name: string): Promise<void> {
    const { fs } = this.#host;
    if ((await fs.list(this.path(name))).length === 0) await fs.remove(this.path(name));
  }
}

/** Of simulated nodes, which write nothing: a volume is its name alone. */
export const simulatedDisk: VolumeDisk = {
  path: name => `/var/lib/coxswain/volumes/${name}`,
  make: async () => undefined,
  remove: async () => undefined,
  names: async () => [],
  removeEmpty: async () => undefined,
};
