/* The types of verdicts.idl, as a list that both sides expand: once over idlc's code, once over
 * ternc's. */
#ifndef TERN_TESTS_VERDICT_TYPES_H
#define TERN_TESTS_VERDICT_TYPES_H

/* clang-format off */
#define VERDICT_TYPES(X) \
	X(Long1) X(LongAgain) X(Short1) X(ULong1) X(LongLong1) X(Double1) X(Float1) \
	X(Octet1) X(Tiny1) X(SignedTiny1) X(Char1) X(Boolean1) X(Long2) \
	X(LongOptional2) X(Optional1) X(Renamed1) X(Swapped2) X(Id7) X(Final1) \
	X(FinalAgain) X(Final2) X(FinalShort) X(FinalRenamed) X(Mutable1) X(Mutable2) \
	X(MutableShuffled) X(MutableOptional) X(MutableRenamed) X(MutableMoved) \
	X(MutableStranger) X(MutableMust) X(MutableMustOptional) X(MutableShort) \
	X(Keyed) X(KeyedTwice) X(MutableKeyed) X(KeyString5) X(KeyString10) \
	X(KeyString) X(InKey1) X(InKey2) X(InKey3) X(NoKey1) X(NoKey2) X(String0) \
	X(String5) X(String10) X(FinalString5) X(FinalString10) X(Sequence0) \
	X(Sequence5) X(Sequence10) X(SequenceShort) X(SequenceString5) \
	X(SequenceString10) X(Array4) X(Array5) X(Array2x2) X(ArrayShort4) X(Nested1) \
	X(Nested2) X(NestedFinal) X(NestedFinalAgain) X(NestedFinalLonger) \
	X(MutableNestedFinal) X(MutableNestedFinalLonger) X(FinalInArray) \
	X(FinalLongerInArray) X(Derived) X(DerivedDouble) X(EnumFinal2) X(EnumFinal3) \
	X(Enum2) X(Enum3) X(EnumRenamed) X(EnumMoved) X(EnumByte) X(KeyEnum2) \
	X(KeyEnum3) X(Mask12) X(Mask12More) X(Mask16) X(Mask32) X(MaskUShort) \
	X(MaskULong) X(HasUnion1) X(HasUnionAgain) X(HasUnion2) X(HasUnionLabel) \
	X(HasUnionShort) X(HasGrows1) X(HasGrows2) X(HasGrowsRenamed) \
	X(HasGrowsDefault) X(HasGrowsDefaultLong) X(HasGrowsDouble) \
	X(HasGrowsStranger)
/* clang-format on */

#define VERDICT_TYPE_ID(name) VERDICT_##name,
enum verdict_type { VERDICT_TYPES(VERDICT_TYPE_ID) VERDICT_TYPE_COUNT };

#endif
