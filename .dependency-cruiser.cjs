const layers = require('./layers.cjs');

const layerRules = Object.entries(layers).map(([folder, allowed]) => ({
  name: `layer-${folder}`,
  comment: `src/${folder} may import only: ${allowed.join(', ') || 'nothing'} (layers.cjs)`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
  to: { path: '^src/', pathNot: `^src/(${[folder, ...allowed].join('|')})/` },
}));

const onlyPackages = (folder, packages) => ({
  name: `packages-${folder}`,
  comment: `src/${folder} may use only these packages: ${packages || 'none'}`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: '\\.test\\.ts$' },
  to: { dependencyTypesNot: ['local', 'type-only'], pathNot: ['^src/', ...(packages ? [packages] : [])] },
});

module.exports = {
  forbidden: [
    ...layerRules,
    onlyPackages('domain', ''),
    onlyPackages('contracts', 'node_modules/@temporalio/(workflow|common)/'),
    onlyPackages('workflows', 'node_modules/@temporalio/(workflow|common)/'),
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'src-never-imports-test',
      severity: 'error',
      from: { path: '^src/', pathNot: '\\.test\\.ts$' },
      to: { path: '^test/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
};
