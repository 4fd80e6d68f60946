import { constants } from 'node:fs';
import { access, mkdir, mkdtemp, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import { delimiter, join } from 'node:path';
import { type EngineNames, engineLayout } from './layout.ts';
import { type Binary, cniBinDirs, type HostFacts } from './preflight.ts';
import { run } from './process.ts';

/** Adapter: looks at this machine. */

const binaryNames: readonly Binary[] = [
  'containerd',
  'containerd-shim-runc-v2',
  'ctr',
  'runc',
  'nft',
  'ip',
  'iptables',
  'conntrack',
];
/** Root's folders, which an ordinary user's PATH leaves out. */
const systemPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const pluginNames: readonly string[] = ['bridge', 'host-local', 'loopback', 'portmap', 'ptp'];

async function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

async function find(binary: string): Promise<string | undefined> {
  const folders = `${process.env.PATH ?? ''}${delimiter}${systemPath}`.split(delimiter);
  for (const folder of folders) {
    if (folder !== '' && (await exists(join(folder, binary), constants.X_OK))) return join(folder, binary);
  }
  return undefined;
}

async function findCniBinDir(): Promise<string | undefined> {
  for (const folder of cniBinDirs) {
    const plugins = await Promise.all(pluginNames.map(name => exists(join(folder, name), constants.X_OK)));
    if (plugins.every(Boolean)) return folder;
  }
  return undefined;
}

async function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}

async function probeCgroup(): Promise<HostFacts['cgroup']> {
  const unified = await readText('/sys/fs/cgroup/cgroup.controllers');
  if (unified !== '') return { version: 2, controllers: unified.trim().split(' ') };
  const mounts = (await readText('/proc/self/mountinfo')).split('\n');
  const controllers = mounts.flatMap(line => {
    const [, filesystem = ''] = line.split(' - ');
    const [type, , options = ''] = filesystem.split(' ');
    return type === 'cgroup' ? options.split(',').filter(option => option !== 'rw' && option !== 'ro') : [];
  });
  return { version: controllers.length > 0 ? 1 : undefined, controllers };
}

async function probeCapabilities(): Promise<bigint> {
  const line = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readText('/proc/self/status'));
  return line ? BigInt(`0x${line[1]}`) : 0n;
}

/** The only sure way to know is to mount one: overlays on overlays and on some file systems are refused. */
async function probeOverlay(dataDir: string): Promise<boolean> {
  await mkdir(dataDir, { recursive: true });
  const folder = await mkdtemp(join(dataDir, 'overlay-'));
  try {
    const parts = ['lower', 'upper', 'work', 'merged'].map(name => join(folder, name));
    for (const part of parts) await mkdir(part);
    const [lower, upper, work, merged] = parts as [string, string, string, string];
    const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
    const mounted = await run('mount', ['-t', 'overlay', 'overlay', '-o', options, merged]);
    if (mounted.code === 0) await run('umount', [merged]);
    return mounted.code === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether the setting is 1 or could be made 1. */
async function switchOn(path: string): Promise<boolean> {
  if ((await readText(path)).trim() === '1') return true;
  return writeFile(path, '1').then(
    () => true,
    () => false,
  );
}

async function probeBridgeNetfilter(): Promise<boolean> {
  const path = '/proc/sys/net/bridge/bridge-nf-call-iptables';
  if (!(await exists(path))) await run('modprobe', ['br_netfilter']);
  return switchOn(path);
}

async function probeNftables(nft: string | undefined): Promise<string> {
  if (nft === undefined) return 'nft is not installed';
  const { code, stderr } = await run(nft, ['list', 'tables']);
  return code === 0 ? '' : stderr.trim().split('\n')[0]!;
}

async function probeForwardDrop(iptables: string | undefined): Promise<boolean> {
  if (iptables === undefined) return false;
  const { stdout } = await run(iptables, ['-w', '-S', 'FORWARD']);
  return stdout.startsWith('-P FORWARD DROP');
}

async function probeDisk(dataDir: string): Promise<number> {
  await mkdir(dataDir, { recursive: true });
  const { bavail, bsize } = await statfs(dataDir);
  return bavail * bsize;
}

const machineNames: Readonly<Record<string, string>> = { x64: 'amd64' };

/** What an ordinary user can learn without changing anything; enough to say why there are no containers. */
function unprivilegedFacts(root: boolean): HostFacts {
  return {
    platform: platform(),
    architecture: machineNames[arch()] ?? arch(),
    root,
    binaries: Object.fromEntries(binaryNames.map(name => [name, undefined])) as HostFacts['binaries'],
    cniBinDir: undefined,
    cgroup: { version: undefined, controllers: [] },
    capabilities: 0n,
    overlayfs: false,
    ipForward: false,
    bridgeNetfilter: false,
    nftablesError: '',
    forwardDrop: false,
    diskFreeBytes: 0,
    socketPathBytes: 0,
  };
}

/** Gathers the facts for `preflight`. As root it turns on IPv4 forwarding and bridge netfilter while it looks. */
export async function probeHost(names: EngineNames): Promise<HostFacts> {
  const root = process.getuid?.() === 0;
  const bare = unprivilegedFacts(root);
  if (bare.platform !== 'linux' || !root) return bare;
  const paths = await Promise.all(binaryNames.map(find));
  const binaries = Object.fromEntries(
    binaryNames.map((name, i) => [name, paths[i]]),
  ) as HostFacts['binaries'];
  const [cniBinDir, cgroup, capabilities, overlayfs, ipForward, bridgeNetfilter] = await Promise.all([
    findCniBinDir(),
    probeCgroup(),
    probeCapabilities(),
    probeOverlay(names.dataDir),
    switchOn('/proc/sys/net/ipv4/ip_forward'),
    probeBridgeNetfilter(),
  ]);
  const [nftablesError, forwardDrop, diskFreeBytes] = await Promise.all([
    probeNftables(binaries.nft),
    probeForwardDrop(binaries.iptables),
    probeDisk(names.dataDir),
  ]);
  return {
    ...bare,
    binaries,
    cniBinDir,
    cgroup,
    capabilities,
    overlayfs,
    ipForward,
    bridgeNetfilter,
    nftablesError,
    forwardDrop,
    diskFreeBytes,
    socketPathBytes: Buffer.byteLength(`${engineLayout(names).address}.ttrpc`),
  };
}

/** The names in a folder; none where it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
