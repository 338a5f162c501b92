/**
 * The dependency rule: which folder of src/ may import which. Read by dependency-cruiser (npm run check:layers);
 * ARCHITECTURE.md shows the same table. Everything that is not listed is forbidden.
 */
module.exports = {
  domain: [],
  contracts: ['domain'],
  spec: ['domain'],
  sql: ['domain'],
  ports: ['domain'],
  config: [],
  lake: ['ports', 'domain', 'contracts'],
  adapters: ['ports', 'domain'],
  activities: ['contracts', 'ports', 'domain', 'sql', 'lake'],
  workflows: ['contracts', 'domain'],
  codec: ['config'],
  client: ['contracts', 'domain', 'config', 'codec'],
  lambda: ['client', 'contracts', 'domain', 'config'],
  serving: ['ports', 'domain', 'lake', 'sql'],
  dev: ['config'],
  // Composition roots: the only places that choose adapters.
  workers: [
    'activities',
    'adapters',
    'sql',
    'ports',
    'workflows',
    'contracts',
    'domain',
    'config',
    'lake',
    'serving',
    'lambda',
    'client',
    'codec',
  ],
  cli: ['workers', 'client', 'codec', 'spec', 'sql', 'lake', 'ports', 'contracts', 'domain', 'config', 'dev'],
};
