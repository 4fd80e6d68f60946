import type { ControlPlaneOptions } from '../control-plane.ts';
import { ProcessCrashes } from '../extensions/crashes.ts';
import { ExtensionLoader } from '../extensions/load.ts';
import { readManifests } from '../manifests.ts';
import type { Settings } from './settings.ts';

/** What the configuration file adds to a cluster; dispose of it when the cluster is stopped. */
export type Additions = Pick<ControlPlaneOptions, 'extensions' | 'manifests' | 'crashes'> & Disposable;

/** Reads manifests and loads modules. Throws CliError, before anything is started, where one is no good. */
export async function readAdditions({ manifests, extensions, folder }: Settings): Promise<Additions> {
  using parts = new DisposableStack();
  const objects = await readManifests(...manifests);
  if (extensions.length === 0 || folder === undefined) {
    return { manifests: objects, [Symbol.dispose]() {} };
  }
  const loaded = await parts.use(new ExtensionLoader(folder)).load(extensions);
  const crashes = parts.use(new ProcessCrashes());
  const owned = parts.move();
  return { manifests: objects, extensions: loaded, crashes, [Symbol.dispose]: () => owned.dispose() };
}
