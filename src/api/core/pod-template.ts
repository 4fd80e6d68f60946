import { deepEqual } from '#base/equal.ts';
import { column, labelsText, nameColumn, templateCells } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { PodTemplate } from '../generated/types/core.v1.ts';
import { dropDisabled, setPodTemplateDefaults } from './pod/defaults.ts';
import { FieldPath } from '#machinery/field.ts';
import { templateWarnings } from './pod/warnings.ts';
import { validatePodTemplate } from './pod/validate-spec.ts';

export const podTemplateResource = defineResource<PodTemplate>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.PodTemplate' }],
  kind: 'PodTemplate',
  resource: 'podtemplates',
  singular: 'podtemplate',
  namespaced: true,
  strategy: {
    setDefaults: object => setPodTemplateDefaults(object.template),
    dropDisabled: ({ template }) => dropDisabled(template?.spec),
    warnings: (object, old) =>
      old && deepEqual(object.template, old.template) ? [] : templateWarnings('template', object.template),
    validate: object => validatePodTemplate(FieldPath.of('template'), object.template),
    generation: true,
    returnDeletedObject: true,
  },
  columns: [nameColumn, column('Containers'), column('Images'), column('Pod Labels')],
  row: object => [
    object.metadata.name,
    ...templateCells(object.template),
    labelsText(object.template?.metadata?.labels),
  ],
});
