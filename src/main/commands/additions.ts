import { readFile } from 'node:fs/promises';
import type { KubeletSettings } from '#kubelet/config/settings.ts';
import { CliError } from '#cli/errors.ts';
import type { AuditSettings } from '../audit/open-audit.ts';
import { readApiServer } from '../config/api-server-config.ts';
import { readAudit } from '../config/audit-config.ts';
import { type EncryptionFile, openEncryption } from '../config/encryption-config.ts';
import type { ControlPlaneOptions } from '../control-plane.ts';
import { ProcessCrashes } from '../extensions/crashes.ts';
import { type Extension, isSchedulerPlugin } from '../extensions/extension.ts';
import { ExtensionLoader } from '../extensions/load.ts';
import { readManifests } from '../manifest-files.ts';
import { portRangeOf } from '../service-range.ts';
import type { Settings } from './settings.ts';

/** What the configuration file adds to a cluster; dispose of it when the cluster is stopped. */
export type Additions = Disposable &
  Pick<
    ControlPlaneOptions,
    'extensions' | 'manifests' | 'crashes' | 'scheduler' | 'localStorage' | 'nodePorts' | 'apiServer'
  > & {
    readonly audit?: AuditSettings | undefined;
    readonly encryption?: EncryptionFile | undefined;
    readonly kubelet?: KubeletSettings | undefined;
  };

/** Reads manifests and loads modules. Throws CliError, before anything is started, where one is no good. */
export async function readAdditions(settings: Settings, dataDir: string): Promise<Additions> {
  using parts = new DisposableStack();
  const manifests = await readManifests(...settings.manifests);
  const extensions: Extension[] = [];
  let crashes: ProcessCrashes | undefined;
  if (settings.extensions.length > 0) {
    const loader = parts.use(new ExtensionLoader(settings.folder!));
    extensions.push(...(await loader.load(settings.extensions)));
    crashes = parts.use(new ProcessCrashes());
  }
  const scheduler = settings.scheduler ? await readScheduler(settings.scheduler, extensions) : undefined;
  const { audit: asked, folder } = settings;
  const apiServer = settings.apiServer && (await readApiServer(settings.apiServer, folder ?? '.'));
  const audit = asked && (await readAudit(asked, folder!, dataDir));
  const encryption = await openEncryption(settings);
  const owned = parts.move();
  return {
    manifests,
    extensions,
    crashes,
    scheduler,
    ...(apiServer ? { apiServer } : {}),
    audit,
    encryption,
    localStorage: settings.storage?.enabled ?? true,
    kubelet: settings.kubelet,
    ...(settings.serviceNodePortRange ? { nodePorts: portRangeOf(settings.serviceNodePortRange) } : {}),
    [Symbol.dispose]: () => owned.dispose(),
  };
}

async function readScheduler(
  file: string,
  extensions: readonly Extension[],
): Promise<ControlPlaneOptions['scheduler']> {
  const [{ loadConfiguration }, { Extender }, { extenderPost }] = await Promise.all([
    import('#scheduler/config/load.ts'),
    import('#scheduler/extender/extender.ts'),
    import('../extender-http.ts'),
  ]);
  try {
    const { profiles, backoff, extenders } = loadConfiguration(await readFile(file, 'utf8'));
    const named = new Set(
      profiles.flatMap(({ plugins, points = {} }) => [
        ...plugins,
        ...Object.values(points).flatMap(({ enabled }) => enabled),
      ]),
    );
    const unnamed = extensions.find(one => isSchedulerPlugin(one) && !named.has(one.name));
    if (unnamed) throw new Error(`no profile enables the extension ${unnamed.name}`);
    return { profiles, backoff, extenders: extenders.map(one => new Extender(one, extenderPost(one))) };
  } catch (error) {
    throw new CliError(`error: ${file}: ${(error as Error).message}`);
  }
}
