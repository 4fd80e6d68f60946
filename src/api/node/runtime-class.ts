import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Toleration } from '../generated/types/core.v1.ts';
import type { RuntimeClass } from '../generated/types/node.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { validateLabels } from '#machinery/metadata.ts';
import { validateOverhead } from '../core/pod/validate-resources.ts';
import { validateTolerations } from '../core/pod/validate-scheduling.ts';
import { checkDns1123Label } from '#machinery/names.ts';
import { nodeLabelWarnings } from '../node-label-warnings.ts';
import { asInternal } from '../internal-type.ts';
import { immutable, repeats, requiredName } from '../validation.ts';

const path = FieldPath.of('scheduling');

function validateDistinct(tolerations: readonly Toleration[]): FieldError[] {
  const isRepeated = repeats(
    tolerations.map(({ key, operator, value, effect }) => JSON.stringify([key, operator, value, effect])),
  );
  const at = path.child('tolerations');
  return tolerations.flatMap((toleration, i) =>
    isRepeated[i] ? [fieldError.duplicate(at.index(i), asInternal('core.Toleration', toleration))] : [],
  );
}

export const runtimeClassResource = defineResource<RuntimeClass>({
  group: 'node.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.node.v1.RuntimeClass' }],
  kind: 'RuntimeClass',
  resource: 'runtimeclasses',
  singular: 'runtimeclass',
  namespaced: false,
  strategy: {
    metadataPasses: { update: ['create', 'update'] },
    allowCreateOnUpdate: true,
    allowUnconditionalUpdate: false,
    validate: ({ handler, scheduling, overhead }) => [
      ...requiredName(FieldPath.of('handler'), handler, checkDns1123Label),
      ...validateOverhead(FieldPath.of('overhead'), overhead?.podFixed),
      ...validateLabels(scheduling?.nodeSelector, path.child('nodeSelector')),
      ...validateTolerations(path.child('tolerations'), scheduling?.tolerations),
      ...validateDistinct(scheduling?.tolerations ?? []),
    ],
    warnings: ({ scheduling }) =>
      Object.keys(scheduling?.nodeSelector ?? {}).flatMap(key =>
        nodeLabelWarnings(path.child('nodeSelector'), key),
      ),
    validateUpdate: (object, old) => immutable(FieldPath.of('handler'), object.handler, old.handler),
  },
  columns: [nameColumn, column('Handler'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.handler, age(object, nowMs)],
});
