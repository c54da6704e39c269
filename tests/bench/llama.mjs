// llama.cpp for the benchmark: node llama.mjs PACKAGE_FOLDER MODEL THREADS CONTEXT
//
// Says what it is in one line, then answers each line {"prompt": [ids], "tokens": n} with the times of one round.
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const [, , folder, modelPath, threads, contextSize] = process.argv;
const { getLlama, LlamaLogLevel } = await import(
    pathToFileURL(`${folder}/node_modules/node-llama-cpp/dist/index.js`).href
);

const llama = await getLlama({
    gpu: false,
    build: "never",
    logLevel: LlamaLogLevel.error,
    maxThreads: Number(threads),
    progressLogs: false,
});
const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
const context = await model.createContext({
    contextSize: Number(contextSize),
    sequences: 1,
    threads: Number(threads),
    batchSize: 512,
});
const sequence = context.getSequence();
const used = llama.systemInfo
    .split("|")
    .map((part) => part.replace("CPU :", "").trim())
    .filter((part) => part.endsWith("= 1"))
    .map((part) => part.replace(" = 1", ""));
console.log(`llama.cpp ${llama.llamaCppRelease.release} (${used.join(" ")}), ${context.currentThreads} thread(s)`);

for await (const line of createInterface({ input: process.stdin })) {
    const { prompt, tokens } = JSON.parse(line);
    await sequence.clearHistory();
    const ids = [];
    const began = performance.now();
    let first = began;
    for await (const id of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
        if (ids.length === 0) first = performance.now();
        ids.push(id);
        if (ids.length >= tokens) break;
    }
    const end = performance.now();
    console.log(JSON.stringify({ first_ms: first - began, rest_ms: end - first, ids }));
}
process.exit(0);
