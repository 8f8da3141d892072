// Runs the WebAssembly form of the example under Node:
//   cargo build --release -p vellum-embedded --lib --target wasm32-unknown-unknown
//   node examples/embedded/run.mjs target/wasm32-unknown-unknown/release/vellum_embedded.wasm
import { readFileSync } from "node:fs";

const bytes = readFileSync(process.argv[2]);
const { instance } = await WebAssembly.instantiate(bytes, {});
const right = instance.exports.digits_read_right();
console.log(`${right} of 100 digits are read right`);
process.exit(right >= 90 ? 0 : 1);
