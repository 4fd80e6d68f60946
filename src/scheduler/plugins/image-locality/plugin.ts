import type { NodeInfo } from '../../framework/node-info.ts';
import { maxNodeScore, type Plugin, type Snapshot } from '../../framework/plugin.ts';

const megabyte = 1024 * 1024;
const minThreshold = 23 * megabyte;
const maxThresholdOfOne = 1000 * megabyte;

/** Rather nodes that have the pod's images, the more so the more nodes have them, lest all pods crowd on one. */
export function imageLocality(): Plugin {
  return {
    name: 'ImageLocality',
    preScore({ pod }, _nodes, snapshot) {
      const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
      const volumes = (pod.spec?.volumes ?? []).flatMap(({ image }) => image?.reference ?? []);
      const images = [...containers.map(({ image = '' }) => image), ...volumes].map(normalizedImage);
      if (!images.some(image => snapshot.imageNodeCount(image) > 0)) return undefined;
      // Volumes' images count, but raise no threshold: v1.36 has it so.
      const maxThreshold = maxThresholdOfOne * containers.length;
      return {
        score(node) {
          const sum = images.reduce((total, image) => total + scaledSize(image, node, snapshot), 0);
          const size = Math.min(Math.max(sum, minThreshold), maxThreshold);
          return Math.floor((maxNodeScore * (size - minThreshold)) / (maxThreshold - minThreshold));
        },
      };
    },
  };
}

function scaledSize(image: string, node: NodeInfo, snapshot: Snapshot): number {
  const size = node.images.get(image) ?? 0;
  return Math.floor(size * (snapshot.imageNodeCount(image) / snapshot.nodes.length));
}

/** The name as nodes report it: with a tag. */
function normalizedImage(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name;
}
