import { allContainers } from '../../lifecycle/spec.ts';
import type { Pod } from '../../types.ts';
import { addConfigMap, addDownward, addSecret, type MutablePayload } from '../payloads.ts';
import { type VolumeContext, VolumeError, type VolumePlugin } from '../plugin.ts';
import { writePayload } from '../write-payload.ts';

type Source = NonNullable<NonNullable<VolumeContext['volume']['projected']>['sources']>[number];

/** The one user that all containers run as, if the spec names it: the token may be readable for it alone. */
function commonUser(pod: Pod): number | undefined {
  const podUser = pod.spec?.securityContext?.runAsUser;
  const users = new Set(allContainers(pod).map(c => c.securityContext?.runAsUser ?? podUser));
  return users.size === 1 ? [...users][0] : undefined;
}

async function addToken(
  into: MutablePayload,
  context: VolumeContext,
  source: NonNullable<Source['serviceAccountToken']>,
  defaultMode: number,
): Promise<void> {
  const { pod, sources } = context;
  const token = await sources.token(pod, source.audience, source.expirationSeconds ?? 3_600);
  const guarded = commonUser(pod) !== undefined || pod.spec?.securityContext?.fsGroup !== undefined;
  into.set(source.path, { data: new TextEncoder().encode(token), mode: guarded ? 0o600 : defaultMode });
}

async function addSource(into: MutablePayload, context: VolumeContext, source: Source, mode: number) {
  const { pod, sources } = context;
  if (source.configMap) {
    const { name = '', ...selection } = source.configMap;
    addConfigMap(into, name, await sources.configMap(pod, name), { ...selection, defaultMode: mode });
  } else if (source.secret) {
    const { name = '', ...selection } = source.secret;
    addSecret(into, name, await sources.secret(pod, name), { ...selection, defaultMode: mode });
  } else if (source.downwardAPI) {
    addDownward(into, context, source.downwardAPI.items ?? [], mode);
  } else if (source.serviceAccountToken) {
    await addToken(into, context, source.serviceAccountToken, mode);
  } else {
    throw new VolumeError(`projected source ${Object.keys(source).join(', ')} is not supported`);
  }
}

export const projectedVolumes: VolumePlugin = {
  name: 'kubernetes.io/projected',
  live: true,
  readOnly: () => true,
  supports: volume => volume.projected !== undefined,
  async setUp(context) {
    const { defaultMode = 0o644 } = context.volume.projected!;
    const sources = context.volume.projected!.sources ?? [];
    const payload: MutablePayload = new Map();
    for (const source of sources) await addSource(payload, context, source, defaultMode);
    const hasToken = sources.some(source => source.serviceAccountToken);
    const user = hasToken ? commonUser(context.pod) : undefined;
    return writePayload(context, payload, { tmpfs: true, ...(user === undefined ? {} : { user }) });
  },
};
