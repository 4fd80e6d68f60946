import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import type { CliContext } from '#cli/core/context.ts';
import { CliError } from '#cli/errors.ts';
import { type ClusterRecord, readRecord } from '../cluster-record.ts';
import { hasApt, installPackages, missingPackages } from '../install.ts';
import { grownNetworks, networksFor } from '../networks.ts';
import type { ClusterPaths } from '../paths.ts';
import { checkRealServiceRange, continuedServiceRange } from '../service-range.ts';
import type { Settings } from './settings.ts';

const defaultPort = 6443;

/** The cluster as it was made, or as it is to be made now. Nothing is written yet. */
export async function planCluster(
  context: CliContext,
  paths: ClusterPaths,
  settings: Settings,
): Promise<ClusterRecord> {
  const known = await readRecord(paths);
  return known ? continued(context, paths, known, settings) : fresh(context, paths, settings);
}

async function continued(
  context: CliContext,
  paths: ClusterPaths,
  known: ClusterRecord,
  { hollowNodes, serviceClusterIPRange }: Settings,
): Promise<ClusterRecord> {
  const serviceCidr = continuedServiceRange(known, serviceClusterIPRange);
  if (known.mode === 'hollow')
    return { ...known, serviceCidr, hollowNodes: hollowNodes ?? known.hollowNodes };
  checkRealServiceRange(serviceCidr, hasIpv6());
  if (hollowNodes !== undefined) {
    throw new CliError(
      `error: cluster ${known.name} runs real containers: simulate nodes in one with another --name`,
    );
  }
  const why = noContainersBecause();
  if (why) throw new CliError(`error: cluster ${known.name} runs real containers, and ${why}`);
  await prepareHost(context, paths);
  return { ...known, ...grownNetworks(known, serviceCidr) };
}

async function fresh(
  context: CliContext,
  paths: ClusterPaths,
  { port, hollowNodes, serviceClusterIPRange }: Settings,
): Promise<ClusterRecord> {
  const why = hollowNodes === undefined ? noContainersBecause() : undefined;
  if (why) {
    context.out(
      `Real containers need root on Linux, and ${why}: the cluster gets one simulated node instead.\n`,
    );
  }
  const real = hollowNodes === undefined && why === undefined;
  if (real) {
    if (serviceClusterIPRange) checkRealServiceRange(serviceClusterIPRange, hasIpv6());
    await prepareHost(context, paths);
  }
  return {
    name: paths.name,
    mode: real ? 'real' : 'hollow',
    hollowNodes: real ? 0 : (hollowNodes ?? 1),
    nodeName: nodeName(),
    port: port ?? defaultPort,
    ...networksFor(paths.name, serviceClusterIPRange)[0],
  };
}

/** Undefined where real containers can be had. */
function noContainersBecause(): string | undefined {
  if (process.platform !== 'linux') return `this is ${process.platform}, not Linux`;
  return process.getuid?.() === 0 ? undefined : 'you are not root';
}

/** The kernel has it, whether or not the machine is in such a network. */
function hasIpv6(): boolean {
  return existsSync('/proc/net/if_inet6');
}

/** The machine's name as a node's name. */
function nodeName(): string {
  const name = hostname()
    .toLowerCase()
    .replace(/[^a-z0-9.-]/g, '-')
    .replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
  return name || 'node';
}

/** Installs what is missing for real containers, after saying so; throws with what the user must do himself. */
async function prepareHost(context: CliContext, paths: ClusterPaths): Promise<void> {
  if (await hasApt()) {
    const missing = await missingPackages();
    if (missing.length > 0) {
      context.out(`Installing with apt-get: ${missing.join(', ')} …\n`);
      await installPackages(missing, line => context.out(`${line}\n`));
    }
  }
  const { checkHost } = await import('../real-node.ts');
  const { problems, warnings } = await checkHost(paths);
  for (const warning of warnings) context.out(`warning: ${warning}\n`);
  if (problems.length === 0) return;
  throw new CliError(
    `error: this machine cannot run containers yet:\n${problems.map(problem => `  - ${problem}`).join('\n')}\n` +
      `Or simulate nodes: ${context.program} up --hollow-nodes 1`,
  );
}
