import { ContainerConfigError, type EnvEntry } from '../config/env.ts';
import { expand } from '../config/expansion.ts';
import type { HostFs } from '../host/port.ts';
import type { Device, Mount } from '../runtime.ts';
import type { ContainerSpec, VolumeMount } from '../types.ts';

const propagations: Readonly<Record<string, Mount['propagation']>> = {
  None: 'PRIVATE',
  HostToContainer: 'HOST_TO_CONTAINER',
  Bidirectional: 'BIDIRECTIONAL',
};

export interface MountSources {
  /** The host's path of each volume. */
  readonly paths: ReadonlyMap<string, string>;
  /** Volumes that are mounted read-only whatever the container asks for. */
  readonly readOnly: ReadonlySet<string>;
}

/** The mounts of a container's volumes. */
export async function volumeMounts(
  fs: HostFs,
  container: ContainerSpec,
  volumes: MountSources,
  env: readonly EnvEntry[],
): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const base = volumes.paths.get(mount.name);
    if (base === undefined) {
      throw new ContainerConfigError(
        `cannot find volume "${mount.name}" to mount into container "${container.name}"`,
      );
    }
    const subPath = subPathOf(mount, env);
    const whose = `volumeMount "${mount.name}" of container "${container.name}"`;
    mounts.push({
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      hostPath: subPath ? await insideVolume(fs, base, subPath, whose) : base,
      readonly: mount.readOnly || volumes.readOnly.has(mount.name),
      propagation: propagations[mount.mountPropagation ?? 'None'] ?? 'PRIVATE',
    });
  }
  return mounts;
}

/** The container's block devices (KEP-565). */
export function volumeDevices(container: ContainerSpec, volumes: MountSources): Device[] {
  return (container.volumeDevices ?? []).map(({ name, devicePath }) => {
    const hostPath = volumes.paths.get(name);
    if (hostPath === undefined) {
      throw new ContainerConfigError(
        `cannot find volume "${name}" to map into container "${container.name}"`,
      );
    }
    return {
      containerPath: devicePath,
      hostPath,
      permissions: volumes.readOnly.has(name) ? 'r' : 'mrw',
    };
  });
}

function subPathOf(mount: VolumeMount, env: readonly EnvEntry[]): string {
  if (!mount.subPathExpr) return mount.subPath ?? '';
  const missing = new Set<string>();
  const expanded = expand(mount.subPathExpr, name => {
    const value = env.find(entry => entry.key === name)?.value;
    if (!value) missing.add(name);
    return value;
  });
  if (missing.size === 0) return expanded;
  throw new ContainerConfigError(`missing value for ${[...missing].sort().join(', ')}`);
}

/**
 * A path below a volume. What is missing of it is made with the volume's own mode; nothing is made, and nothing
 * mounted, where a symbolic link leads out of the volume. The user is not told what lies there.
 */
async function insideVolume(fs: HostFs, base: string, subPath: string, whose: string): Promise<string> {
  if (subPath.startsWith('/')) {
    throw new ContainerConfigError(`error SubPath \`${subPath}\` must not be an absolute path`);
  }
  const parts = subPath.split('/').filter(part => part !== '' && part !== '.');
  if (parts.includes('..')) {
    throw new ContainerConfigError(`unable to provision SubPath \`${subPath}\`: must not contain '..'`);
  }
  const root = await fs.realPath(base);
  const { mode } = (await fs.stat(base)) ?? {};
  let at = root;
  for (const part of parts) {
    const next = `${at}/${part}`;
    at = await fs.realPath(next);
    if (at === undefined && (await fs.readLink(next)) === undefined) {
      await fs.makeDirectory(next, mode).catch(() => {
        throw new ContainerConfigError(`failed to create subPath directory for ${whose}`);
      });
      at = next;
    }
    if (!at?.startsWith(`${root}/`)) throw new ContainerConfigError(`failed to prepare subPath for ${whose}`);
  }
  return at!;
}
