import { claimVolumes } from './claim/plugin.ts';
import { configMapVolumes } from './configmap/plugin.ts';
import { downwardApiVolumes } from './downward-api/plugin.ts';
import { emptyDirVolumes } from './empty-dir/plugin.ts';
import { hostPathVolumes } from './host-path/plugin.ts';
import { imageVolumes } from './image/plugin.ts';
import type { VolumePlugin } from './plugin.ts';
import { projectedVolumes } from './projected/plugin.ts';
import { secretVolumes } from './secret/plugin.ts';

/** Every kind of volume that this kubelet knows. */
export const volumePlugins: readonly VolumePlugin[] = [
  claimVolumes,
  configMapVolumes,
  downwardApiVolumes,
  emptyDirVolumes,
  hostPathVolumes,
  imageVolumes,
  projectedVolumes,
  secretVolumes,
];
