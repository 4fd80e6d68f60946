import type { PodTemplateSpec, Toleration, TopologySpreadConstraint } from '#api/generated/types/core.v1.ts';
import { formatLabelSelector } from '#machinery/selectors.ts';
import { describeContainers } from './containers.ts';
import { DescriptionText } from './text.ts';
import { describeVolumes } from './volumes.ts';

/** A pod template alone, its tabs not aligned yet (rollout history). */
export function describePodTemplate(template: unknown): string {
  const text = new DescriptionText();
  addPodTemplate(text, template as PodTemplateSpec);
  return text.unaligned();
}

/** The template of a workload, within its description. */
export function addPodTemplate(text: DescriptionText, template: PodTemplateSpec | undefined): void {
  text.line(0, 'Pod Template:');
  if (!template) {
    text.line(1, '<unset>');
    return;
  }
  const { metadata, spec } = template;
  text.pairs('Labels', metadata?.labels, '  ');
  if (Object.keys(metadata?.annotations ?? {}).length > 0)
    text.annotations('  Annotations', metadata?.annotations);
  if (spec?.serviceAccountName) text.field(1, 'Service Account', spec.serviceAccountName);
  if (spec?.initContainers?.length)
    describeContainers(text, 'Init Containers', spec.initContainers, undefined, undefined, '  ');
  describeContainers(text, 'Containers', spec?.containers ?? [], undefined, undefined, '  ');
  describeVolumes(text, spec?.volumes, '  ');
  describeSpread(text, spec?.topologySpreadConstraints, '  ');
  if (spec?.priorityClassName) text.field(1, 'Priority Class Name', spec.priorityClassName);
  text.pairs('Node-Selectors', spec?.nodeSelector, '  ');
  describeTolerations(text, spec?.tolerations, '  ');
}

export function describeTolerations(
  text: DescriptionText,
  tolerations: readonly Toleration[] | undefined,
  indent: string,
): void {
  const rows = [...(tolerations ?? [])]
    .sort((a, b) => ((a.key ?? '') < (b.key ?? '') ? -1 : (a.key ?? '') > (b.key ?? '') ? 1 : 0))
    .map(({ key = '', value, effect, operator, tolerationSeconds }) => {
      const head = `${key}${value ? `=${value}` : ''}${effect ? `:${effect}` : ''}`;
      const exists = operator === 'Exists' && !value ? `${head ? ' ' : ''}op=Exists` : '';
      return `${head}${exists}${tolerationSeconds !== undefined ? ` for ${tolerationSeconds}s` : ''}`;
    });
  text.column('Tolerations', rows, indent);
}

export function describeSpread(
  text: DescriptionText,
  constraints: readonly TopologySpreadConstraint[] | undefined,
  space: string,
): void {
  if (!constraints?.length) return;
  const rows = [...constraints]
    .sort((a, b) => (a.topologyKey < b.topologyKey ? -1 : 1))
    .map(({ topologyKey, whenUnsatisfiable, maxSkew, labelSelector }) => {
      const selector = labelSelector ? ` for selector ${formatLabelSelector(labelSelector)}` : '';
      return `${topologyKey}:${whenUnsatisfiable} when max skew ${maxSkew} is exceeded${selector}`;
    });
  text.column('Topology Spread Constraints', rows, space);
}
