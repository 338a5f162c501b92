import { createDuckDbEngine } from '../../src/adapters/query-engine/duckdb';
import { describeQueryEngineContract } from '../contract/query-engine.contract';

describeQueryEngineContract('DuckDB', createDuckDbEngine);
