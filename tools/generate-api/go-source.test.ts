import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { plural } from './emit-refs.ts';
import { type GoPackage, parseType, readGoPackage } from './go-source.ts';

function read(source: string): GoPackage {
  const directory = mkdtempSync(join(tmpdir(), 'go-source-'));
  try {
    writeFileSync(join(directory, 'types.go'), source);
    return readGoPackage(directory, 'example.com/widgets/v1');
  } finally {
    rmSync(directory, { recursive: true });
  }
}

it('reads structs with tags, markers and imports', () => {
  const widgets = read(`package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// GroupName is the group
const GroupName = "example.com"

// +genclient
// +genclient:nonNamespaced

// Widget is a thing.
type Widget struct {
	metav1.TypeMeta \`json:",inline"\`
	// Sizes, by name.
	// +listType=map
	// +listMapKey=a
	// +listMapKey=b
	Sizes []*Size \`json:"sizes,omitempty" patchStrategy:"merge" patchMergeKey:"a" protobuf:"bytes,2,rep,name=sizes"\`
}

// +enum
type Color string

const (
	/* both
	of them */
	Red  Color = "red"
	Blue Color = "blue"
	Green = Color("green")
	Grey = Color(metav1.Dull)
)

func register() {
	scheme.AddKnownTypes(SchemeGroupVersion,
		&Widget{},
	)
}
`);
  const widget = widgets.declarations.get('Widget')!;
  assert.deepEqual([...widget.markers.keys()], ['genclient', 'genclient:nonNamespaced']);
  const [meta, sizes] = widget.fields;
  assert.deepEqual([meta!.embedded, meta!.name, meta!.tags.json], [true, 'TypeMeta', ',inline']);
  assert.deepEqual(sizes!.markers.get('listMapKey'), ['a', 'b']);
  assert.deepEqual(sizes!.type, parseType('[]*Size'));
  assert.equal(sizes!.tags.patchStrategy, 'merge');
  assert.equal(widget.imports.get('metav1'), 'k8s.io/apimachinery/pkg/apis/meta/v1');
  assert.deepEqual([...widgets.constants.values()].slice(1), [
    { type: 'Color', value: 'red' },
    { type: 'Color', value: 'blue' },
    { type: 'Color', value: 'green' },
    { type: 'Color', path: 'k8s.io/apimachinery/pkg/apis/meta/v1', name: 'Dull' },
  ]);
  assert.deepEqual(widgets.registered, ['Widget']);
  assert.equal(widgets.groupName, 'example.com');
});

it('reads type expressions', () => {
  const named = (name: string, from = '') => ({ form: 'named', package: from, name });
  assert.deepEqual(parseType('map[string][]v1.Pod'), {
    form: 'map',
    key: named('string'),
    element: { form: 'slice', element: named('Pod', 'v1') },
  });
});

it('forms plurals as the API does', () => {
  const names = ['Pod', 'Ingress', 'NetworkPolicy', 'Endpoints', 'IPAddress', 'StorageClass', 'Gateway'];
  assert.deepEqual(names.map(plural), [
    'Pods',
    'Ingresses',
    'NetworkPolicies',
    'Endpoints',
    'IPAddresses',
    'StorageClasses',
    'Gateways',
  ]);
});
