import type { CliContext } from '#cli/core/context.ts';
import type { Flag } from '#cli/core/flags.ts';
import { CliError } from '#cli/errors.ts';
import { type ClusterPaths, clusterPaths } from '../paths.ts';

/** Which cluster a command is about. */
export const clusterFlags: readonly Flag[] = [
  { name: 'name', type: 'string', default: 'coxswain', help: 'Name of the cluster.' },
  {
    name: 'data-dir',
    type: 'string',
    help: 'Folder of the cluster. Default: one for each name below the system or user data folder.',
  },
];

export function pathsOf(context: CliContext): ClusterPaths {
  return pathsFor(context.flags.string('name') || 'coxswain', context.flags.string('data-dir') || undefined);
}

export function pathsFor(name: string, dataDir: string | undefined): ClusterPaths {
  if (!/^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/.test(name)) {
    throw new CliError(
      `error: ${JSON.stringify(name)} is no name for a cluster: use up to 32 lower-case letters, digits and '-'`,
    );
  }
  return clusterPaths(name, dataDir);
}
