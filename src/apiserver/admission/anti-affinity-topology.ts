import type { Pod } from '#api/generated/types/core.v1.ts';
import { statusError } from '#machinery/status.ts';
import { type AdmissionPlugin, changeOf } from './plugin.ts';

const hostname = 'kubernetes.io/hostname';

/** A pod may keep others off its node, and off nothing larger. */
export const limitPodHardAntiAffinityTopology: AdmissionPlugin = {
  name: 'LimitPodHardAntiAffinityTopology',
  concerns: changeOf('core/pods'),
  validate({ served, object }) {
    const { metadata, spec } = object as Pod;
    const terms = spec?.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const wider = terms.find(({ topologyKey }) => topologyKey !== hostname);
    if (!wider) return;
    const why = `affinity.PodAntiAffinity.RequiredDuringScheduling has TopologyKey ${wider.topologyKey} but only key ${hostname} is allowed`;
    throw statusError.forbidden(served.what, metadata.name ?? '', why);
  },
};
