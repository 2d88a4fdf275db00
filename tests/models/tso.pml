/* Memory as processes on x86-64 see it, for the models beside this file. Promela's own memory is
 * sequentially consistent, so each process has a store buffer here: its stores go in at one end
 * and reach memory from the other, in order, whenever a process `drain` gets round to it; its
 * loads see its own buffer first. A fence, and every locked instruction, waits until the
 * process's own buffer is empty. Compilers are not modelled: a statement is an instruction.
 *
 * The including model defines CELLS, PROCESSES, and DEPTH: how many stores a buffer holds. */

typedef store_buffer {
	byte used;
	byte cell[DEPTH];
	byte value[DEPTH]
};

byte memory[CELLS];
store_buffer buffers[PROCESSES];
hidden byte scan;

inline load(process, address, ret_value)
{
	d_step {
		ret_value = memory[address];
		scan = 0;
		do
		:: scan < buffers[process].used ->
			if
			:: buffers[process].cell[scan] == address ->
				ret_value = buffers[process].value[scan]
			:: else
			fi;
			scan++
		:: else -> break
		od
	}
}

inline store(process, address, new_value)
{
	d_step {
		buffers[process].used < DEPTH ->
		buffers[process].cell[buffers[process].used] = address;
		buffers[process].value[buffers[process].used] = new_value;
		buffers[process].used++
	}
}

inline fence(process)
{
	buffers[process].used == 0
}

inline exchange(process, address, new_value, ret_value)
{
	d_step {
		buffers[process].used == 0 ->
		ret_value = memory[address];
		memory[address] = new_value
	}
}

inline increment(process, address)
{
	d_step {
		buffers[process].used == 0 ->
		memory[address]++
	}
}

proctype drain(byte process)
{
end:	do
	:: d_step {
		buffers[process].used > 0 ->
		memory[buffers[process].cell[0]] = buffers[process].value[0];
		buffers[process].used--;
		scan = 0;
		do
		:: scan < buffers[process].used ->
			buffers[process].cell[scan] = buffers[process].cell[scan + 1];
			buffers[process].value[scan] = buffers[process].value[scan + 1];
			scan++
		:: else -> break
		od;
		/* What is not used is zero, so that equal states look equal. */
		buffers[process].cell[buffers[process].used] = 0;
		buffers[process].value[buffers[process].used] = 0
	}
	od
}
