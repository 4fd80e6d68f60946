import { ContainerConfigError, type EnvEntry } from '../config/env.ts';
import { expand } from '../config/expansion.ts';
import type { HostFs } from '../host/port.ts';
import type { Mount } from '../runtime.ts';
import type { ContainerSpec, VolumeMount } from '../types.ts';

const propagations: Readonly<Record<string, Mount['propagation']>> = {
  None: 'PRIVATE',
  HostToContainer: 'HOST_TO_CONTAINER',
  Bidirectional: 'BIDIRECTIONAL',
};

/** The mounts of a container's volumes. `volumes` gives the host's path of each. */
export async function volumeMounts(
  fs: HostFs,
  container: ContainerSpec,
  volumes: ReadonlyMap<string, string>,
  env: readonly EnvEntry[],
): Promise<Mount[]> {
  const mounts: Mount[] = [];
  for (const mount of container.volumeMounts ?? []) {
    const base = volumes.get(mount.name);
    if (base === undefined) {
      throw new ContainerConfigError(
        `cannot find volume "${mount.name}" to mount into container "${container.name}"`,
      );
    }
    const subPath = subPathOf(mount, container, env);
    mounts.push({
      containerPath: mount.mountPath.startsWith('/') ? mount.mountPath : `/${mount.mountPath}`,
      hostPath: subPath ? await insideVolume(fs, base, subPath, mount) : base,
      readonly: mount.readOnly ?? false,
      propagation: propagations[mount.mountPropagation ?? 'None'] ?? 'PRIVATE',
    });
  }
  return mounts;
}

function subPathOf(mount: VolumeMount, container: ContainerSpec, env: readonly EnvEntry[]): string {
  if (!mount.subPathExpr) return mount.subPath ?? '';
  const unknown: string[] = [];
  const expanded = expand(mount.subPathExpr, name => {
    const value = env.find(entry => entry.key === name)?.value;
    if (value === undefined) unknown.push(name);
    return value;
  });
  if (unknown.length > 0) {
    throw new ContainerConfigError(
      `failed to expand subPathExpr "${mount.subPathExpr}" of container "${container.name}": missing value for ${unknown.join(', ')}`,
    );
  }
  return expanded;
}

/** A path below a volume, made when missing; a symbolic link must not lead out of the volume. */
async function insideVolume(fs: HostFs, base: string, subPath: string, mount: VolumeMount): Promise<string> {
  if (subPath.startsWith('/') || subPath.split('/').includes('..')) {
    throw new ContainerConfigError(`subPath "${subPath}" must be a relative path without ".."`);
  }
  const path = `${base}/${subPath}`;
  if (!(await fs.stat(path))) await fs.makeDirectory(path, 0o750);
  const [root, real] = [await fs.realPath(base), await fs.realPath(path)];
  if (!root || !real || (real !== root && !real.startsWith(`${root}/`))) {
    throw new ContainerConfigError(`failed to prepare subPath for volumeMount "${mount.name}"`);
  }
  return real;
}
