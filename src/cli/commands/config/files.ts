import type { CliContext } from '../../core/context.ts';
import { type KubeConfig, configPaths, readConfigFile } from '../../core/kubeconfig.ts';

/** The file that holds an entry already, or the last of the list. */
export async function fileOf(context: CliContext, has: (config: KubeConfig) => boolean): Promise<string> {
  const paths = configPaths(context.flags, context.io);
  for (const path of paths) {
    const config = await readConfigFile(context.io.fs, path);
    if (config && has(config)) return path;
  }
  return paths.at(-1)!;
}
