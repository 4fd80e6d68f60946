import { addConfigMap, type MutablePayload } from '../payloads.ts';
import type { VolumePlugin } from '../plugin.ts';
import { writePayload } from '../write-payload.ts';

export const configMapVolumes: VolumePlugin = {
  name: 'kubernetes.io/configmap',
  live: true,
  readOnly: () => true,
  supports: volume => volume.configMap !== undefined,
  async setUp(context) {
    const { name = '', items, optional, defaultMode = 0o644 } = context.volume.configMap!;
    const payload: MutablePayload = new Map();
    const object = await context.sources.configMap(context.pod, name);
    addConfigMap(payload, name, object, {
      defaultMode,
      ...(items && { items }),
      ...(optional && { optional }),
    });
    return writePayload(context, payload, { tmpfs: false });
  },
};
