import { readManifestFiles } from '#cli/core/manifests.ts';
import { nodeFs } from '#cli/node-io.ts';
import type { KubeObject } from '#machinery/object.ts';

/** The objects of manifest files (YAML or JSON), in the order of the paths; of a folder, those of its files by name. */
export async function readManifests(...paths: readonly string[]): Promise<KubeObject[]> {
  const fs = nodeFs(process.cwd());
  const manifests = await Promise.all(paths.map(path => readManifestFiles(fs, path)));
  return manifests.flat().map(({ object }) => object);
}
