import type { HostFs } from './port.ts';

/** Where a path below a directory really is; undefined where there is nothing, or where links lead out of the directory. */
export async function realPathInside(
  fs: HostFs,
  directory: string,
  path: string,
): Promise<string | undefined> {
  const [root, real] = await Promise.all([fs.realPath(directory), fs.realPath(`${directory}/${path}`)]);
  return real !== undefined && (real === root || real.startsWith(`${root}/`)) ? real : undefined;
}
