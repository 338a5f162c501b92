require('../../support/register-typescript.cjs');
const { upWithStandIns } = require('./up-with-stand-ins.ts');

void upWithStandIns(process.argv.slice(2));
