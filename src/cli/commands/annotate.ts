import { defineCommand } from '../core/command.ts';
import { editMap } from '../core/edit-map.ts';
import {
  allNamespacesFlag,
  dryRunFlag,
  fieldManagerFlag,
  fieldSelectorFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
} from '../core/flag-groups.ts';

export const annotateCommand = defineCommand({
  name: 'annotate',
  usage: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  summary: 'Update the annotations on a resource.',
  flags: [
    ...printFlags,
    ...filenameFlags,
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    dryRunFlag,
    fieldManagerFlag('kubectl-annotate'),
    {
      name: 'all',
      type: 'bool',
      help: 'Select all resources, in the namespace of the specified resource types.',
    },
    { name: 'list', type: 'bool', help: 'If true, display the annotations for a given resource.' },
    { name: 'local', type: 'bool', help: 'If true, work on the files alone, without a server.' },
    { name: 'overwrite', type: 'bool', help: 'If true, allow annotations to be overwritten.' },
    {
      name: 'resource-version',
      type: 'string',
      help: 'Only succeed if this is the current version of the object.',
    },
  ],
  run: context =>
    editMap(context, { field: 'annotations', noun: 'annotation', done: 'annotated', removed: 'annotated' }),
});
