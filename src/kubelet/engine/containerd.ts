import { familyOf } from '#machinery/ip.ts';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { type Clock, sleep } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { CriRuntime } from '../cri/runtime.ts';
import { RuntimeError } from '../runtime.ts';
import { ensureBridge, forwardIpv6, gatewayOf } from './bridge.ts';
import { cniNetworkList, containerdConfig, type PodNetwork } from './config.ts';
import { type EngineLayout, type EngineNames, engineLayout } from './layout.ts';
import type { EngineSettings } from './preflight.ts';
import {
  accepts,
  findProcesses,
  identify,
  isAlive,
  launchDetached,
  type ProcessIdentity,
  signal,
} from './process.ts';

/**
 * Adapter: a containerd of our own. It is started in a session of its own, so that it and its containers outlive a
 * server that is killed; the next start adopts it.
 */

export interface EngineOptions extends EngineNames, PodNetwork {
  /** The image of every pod's sandbox; it must be imported before the first pod starts. */
  readonly pauseImage: string;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Engine {
  readonly layout: EngineLayout;
  readonly snapshotter: string;
  readonly runtime: CriRuntime;
  /** It was running already. */
  readonly adopted: boolean;
  /** Ends containerd; containers keep running and the next start finds them. Closes `runtime`. */
  stop(): Promise<void>;
  /** Closes `runtime` and leaves containerd running. */
  leave(): Promise<void>;
}

const readyWaitMs = 30_000;
const readyPollMs = 10;
const stopWaitMs = 10_000;
const checkMs = 1_000;
/** Between attempts to start a containerd that does not start. */
const relaunchMsMax = 30_000;
const networkFile = '10-coxswain.conflist';

/** Writes only what differs; tells whether it did. */
async function writeIfChanged(path: string, text: string): Promise<boolean> {
  if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return false;
  await writeFile(`${path}.new`, text, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return true;
}

async function writeConfiguration(layout: EngineLayout, options: EngineOptions): Promise<boolean> {
  for (const folder of [layout.root, layout.state, layout.cniConfDir, layout.ipamDir]) {
    await mkdir(folder, { recursive: true, mode: 0o711 });
  }
  const network = cniNetworkList(layout, options.settings, options);
  await writeIfChanged(`${layout.cniConfDir}/${networkFile}`, network);
  return writeIfChanged(layout.config, containerdConfig(layout, options.settings, options));
}

/** The containerd that runs with our configuration, by its pid file or else by its arguments. */
export async function findContainerd(layout: EngineLayout): Promise<ProcessIdentity | undefined> {
  const text = await readFile(layout.pidFile, 'utf8').catch(() => undefined);
  if (text !== undefined) {
    try {
      const identity = JSON.parse(text) as ProcessIdentity;
      if (await isAlive(identity)) return identity;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  const [pid] = await findProcesses(args => args[1] === '--config' && args[2] === layout.config);
  return pid === undefined ? undefined : identify(pid);
}

async function lastLogLine(layout: EngineLayout): Promise<string> {
  const lines = (await readFile(layout.logFile, 'utf8').catch(() => '')).trim().split('\n');
  const bad = lines.findLast(line =>
    /level=(?:error|fatal)|^containerd: |failed to load plugin io\.containerd\.(?:grpc\.v1\.)?cri/.test(line),
  );
  return bad ?? lines.at(-1) ?? '';
}

async function waitForReady(
  runtime: CriRuntime,
  layout: EngineLayout,
  identity: ProcessIdentity,
  clock: Clock,
): Promise<void> {
  const endMs = clock.monotonicMs() + readyWaitMs;
  for (;;) {
    if (await accepts(layout.address)) {
      try {
        await runtime.version();
        return;
      } catch (error) {
        if (!(error instanceof RuntimeError && error.code === 'Unavailable')) {
          const why = `${(error as Error).message}; its log (${layout.logFile}) says: ${await lastLogLine(layout)}`;
          throw new Error(`containerd does not serve CRI: ${why}`);
        }
      }
    }
    const alive = await isAlive(identity);
    if (!alive || clock.monotonicMs() > endMs) {
      const what = alive ? `is not ready after ${readyWaitMs / 1000} s` : 'ended';
      throw new Error(`containerd ${what}; its log (${layout.logFile}) says: ${await lastLogLine(layout)}`);
    }
    await sleep(clock, readyPollMs);
  }
}

/** Ends a containerd and waits until it has gone. Containers stay: each has a shim of its own. */
export async function stopContainerd(
  layout: EngineLayout,
  identity: ProcessIdentity,
  clock: Clock,
): Promise<void> {
  signal(identity.pid, 'SIGTERM');
  const endMs = clock.monotonicMs() + stopWaitMs;
  while (await isAlive(identity)) {
    if (clock.monotonicMs() > endMs) signal(identity.pid, 'SIGKILL');
    await sleep(clock, readyPollMs);
  }
  await rm(layout.pidFile, { force: true });
}

async function launch(layout: EngineLayout, options: EngineOptions): Promise<ProcessIdentity> {
  await rm(layout.address, { force: true });
  const { containerd } = options.settings;
  const pid = await launchDetached(containerd, ['--config', layout.config], layout.logFile);
  const identity = await identify(pid);
  if (!identity) throw new Error(`${containerd} ended at once: ${await lastLogLine(layout)}`);
  await writeFile(layout.pidFile, JSON.stringify(identity), { mode: 0o600 });
  return identity;
}

/** Adopts the running containerd, or starts one, and waits until it answers. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { clock, log, settings } = options;
  const layout = engineLayout(options);
  const changed = await writeConfiguration(layout, options);
  const { podCidrs } = options;
  if (podCidrs.some(cidr => familyOf(cidr) === 'IPv6')) await forwardIpv6(Object.keys(networkInterfaces()));
  if (settings.network === 'bridge') {
    const [first, ...others] = podCidrs.map(gatewayOf);
    await ensureBridge(layout, [first!, ...others]);
  }
  let identity = await findContainerd(layout);
  if (identity && changed) {
    log.info('containerd has a new configuration: restarting it');
    await stopContainerd(layout, identity, clock);
    identity = undefined;
  }
  const adopted = identity !== undefined;
  identity ??= await launch(layout, options);
  const { address } = layout;
  const runtime = new CriRuntime({ address, clock, log });
  try {
    await waitForReady(runtime, layout, identity, clock);
  } catch (error) {
    await runtime[Symbol.asyncDispose]();
    if (!adopted) await stopContainerd(layout, identity, clock);
    throw error;
  }
  log.info('containerd is ready', { address, adopted, pid: identity.pid });
  const keeper = new Keeper({ layout, options, runtime, identity });
  return {
    layout,
    snapshotter: settings.snapshotter,
    runtime,
    adopted,
    stop: async () => {
      const running = await keeper.release();
      await runtime[Symbol.asyncDispose]();
      await stopContainerd(layout, running, clock);
    },
    leave: async () => {
      await keeper.release();
      await runtime[Symbol.asyncDispose]();
    },
  };
}

interface KeeperOptions {
  readonly layout: EngineLayout;
  readonly options: EngineOptions;
  readonly runtime: CriRuntime;
  readonly identity: ProcessIdentity;
}

/** Starts containerd again where it ends: nobody else on this machine looks after it. */
class Keeper {
  readonly #options: KeeperOptions;
  readonly #abort = new AbortController();
  readonly #done: Promise<void>;
  #identity: ProcessIdentity;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#identity = options.identity;
    this.#done = this.#watch();
  }

  /** Looks after it no more; answers what it was last. */
  async release(): Promise<ProcessIdentity> {
    this.#abort.abort();
    await this.#done;
    return this.#identity;
  }

  async #watch(): Promise<void> {
    const { clock } = this.#options.options;
    const { signal } = this.#abort;
    for (let waitMs = checkMs; ; ) {
      await sleep(clock, waitMs, signal).catch(() => {});
      if (signal.aborted) return;
      if (await isAlive(this.#identity).catch(() => true)) waitMs = checkMs;
      else waitMs = (await this.#relaunch()) ? checkMs : Math.min(2 * waitMs, relaunchMsMax);
    }
  }

  async #relaunch(): Promise<boolean> {
    const { layout, options, runtime } = this.#options;
    const { clock, log } = options;
    log.error('containerd has ended: starting it again', { pid: this.#identity.pid, log: layout.logFile });
    try {
      this.#identity = await launch(layout, options);
      await waitForReady(runtime, layout, this.#identity, clock);
      log.info('containerd is ready', { address: layout.address, adopted: false, pid: this.#identity.pid });
      return true;
    } catch (error) {
      log.error('containerd could not be started again', { error: String(error) });
      return false;
    }
  }
}
