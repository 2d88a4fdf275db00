/* The other side of the conformance suite: lines in, one answer line each out. */
#include <stdio.h>
#include <string.h>

#include "engine.h"

int main(void)
{
	char line[1024];
	char answer[ENGINE_ANSWER_SIZE_BYTES];
	setvbuf(stdout, NULL, _IOLBF, 0);
	struct engine *engine = engine_create("conformance peer");
	puts(engine ? "answer: ok" : "answer: no participant");
	while (engine && fgets(line, sizeof line, stdin)) {
		engine_run(engine, line, answer);
		printf("answer: %s\n", answer);
	}
	engine_destroy(engine);
	return engine ? 0 : 1;
}
