import { copyFile, mkdir, mkdtemp, open, rm } from 'node:fs/promises';
import { arch, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '#base/clock.ts';
import { silentLog } from '#base/log.ts';
import { buildImage } from '#registry/images/build.ts';
import { ContainerdImages } from '#registry/images/containerd-images.ts';
import { ensurePauseImage, pauseImageName } from '#registry/images/pause-image.ts';
import { type Engine, type EngineOptions, startEngine } from '#kubelet/engine/containerd.ts';
import { type EngineSettings, preflight } from '#kubelet/engine/preflight.ts';
import { probeHost } from '#kubelet/engine/probe.ts';
import { purgeEngine } from '#kubelet/engine/purge.ts';

/** For tests alone: a real engine with a busybox image, and all of it gone afterwards. */

export const wallClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after: (delayMs, fn) => {
    const timer = setTimeout(fn, delayMs);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },
  nextTurn: fn => {
    const turn = setImmediate(fn);
    return { [Symbol.dispose]: () => clearImmediate(turn) };
  },
};

const busybox = '/bin/busybox';
const programInterpreter = 3;

/** Only a static busybox runs in an image of its own. */
async function hasStaticBusybox(): Promise<boolean> {
  const file = await open(busybox).catch(() => undefined);
  if (!file) return false;
  try {
    const head = Buffer.alloc(4096);
    await file.read(head, 0, head.length, 0);
    const first = Number(head.readBigUInt64LE(32));
    const count = head.readUInt16LE(56);
    const types = Array.from({ length: count }, (_, i) => head.readUInt32LE(first + 56 * i));
    return !types.includes(programInterpreter);
  } finally {
    await file.close();
  }
}

/** Why there can be no engine here; false where there can. */
export async function engineSkipReason(): Promise<string | false> {
  const facts = await probeHost({ name: 'probe', dataDir: tmpdir(), runDir: '/run' });
  const { problems } = preflight(facts);
  if (problems.length > 0) return problems.join('; ');
  return (await hasStaticBusybox()) ? false : `${busybox} is not a static busybox`;
}

export interface TestEngine {
  readonly engine: Engine;
  readonly options: EngineOptions;
  readonly folder: string;
  readonly images: ContainerdImages;
  /** An image with busybox at /bin/busybox and /bin/sh. */
  readonly image: string;
  close(): Promise<void>;
}

async function buildBusybox(folder: string): Promise<string> {
  const rootfs = join(folder, 'busybox');
  for (const part of ['bin', 'tmp']) await mkdir(join(rootfs, part), { recursive: true });
  await copyFile(busybox, join(rootfs, 'bin/busybox'));
  await copyFile(busybox, join(rootfs, 'bin/sh'));
  const file = join(folder, 'busybox.tar');
  const architecture = arch() === 'arm64' ? 'arm64' : 'amd64';
  await buildImage({ folder: rootfs }, file, { name: 'test-busybox', architecture });
  return file;
}

/** Starts an engine whose files, bridge and addresses follow from `name`. `podCidr`: a network, or two with a comma between. */
export async function openTestEngine(
  name: string,
  podCidr: string,
  change: Partial<EngineSettings> = {},
): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), `cox-${name}-`));
  const names = { name, dataDir: join(folder, 'data'), runDir: join(folder, 'run') };
  const settings = { ...preflight(await probeHost(names)).settings, ...change };
  const seams = { clock: wallClock, log: silentLog };
  const options = { ...names, ...seams, podCidrs: podCidr.split(','), pauseImage: pauseImageName, settings };
  let engine: Engine | undefined;
  const close = async () => {
    // Or it would start containerd again.
    await engine?.leave();
    await purgeEngine({ ...names, ...seams });
    await rm(folder, { recursive: true, force: true });
  };
  try {
    engine = await startEngine(options);
    const { address } = engine.layout;
    const images = new ContainerdImages({ address, snapshotter: engine.snapshotter, clock: wallClock });
    const architecture = arch() === 'arm64' ? 'arm64' : 'amd64';
    await ensurePauseImage(images, architecture, join(folder, 'pause.tar'));
    await images.import(await buildBusybox(folder));
    return { engine, options, folder, images, image: 'test-busybox', close };
  } catch (error) {
    await close();
    throw error;
  }
}
