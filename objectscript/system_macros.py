"""Macros that the language's own include files define and that need no run-time help: always there."""

DEFINITIONS = r"""
#define CR $char(13)
#define LF $char(10)
#define TAB $char(9)
#define NULL ""
#define null ""
#define MaxStringLength 3641144
#define MaxLocalLength 3641144
#define isWINDOWS 0
#define isUNIX 1
#define isVMS 0
#define isUNICODE 1
#define UNICODE 1
#define ADDSC(%a,%b) $system.Status.AppendStatus(%a,%b)
#define GETERRORCODE(%s) $system.Status.GetErrorCodes(%s)
#define GETERRORMESSAGE(%s,%n) $system.Status.GetOneErrorText(%s,%n)
#define StatusText(%s) $system.Status.GetErrorText(%s)
#define StatusDisplay(%s) $system.Status.GetErrorText(%s)
#define Text(%t,%d,%l) %t
#define TextHTML(%t,%d,%l) %t
#define LocText(%t) %t
#define FileTempDir "/tmp/"
#define StatusDisplayString(%s) $system.Status.GetErrorText(%s)
#define lcase(%s) $zconvert(%s,"L")
#define ucase(%s) $zconvert(%s,"U")
#define comClassDefined(%c) ##class(%Dictionary.CompiledClass).%ExistsId(%c)
#define NOTOK 0
#define CurrentClass ..%ClassName(1)
#define THROWONERROR(%sc,%expr) set %sc=%expr $$$THROWSTATUSIF(%sc)
#define THROWSTATUSIF(%sc) throw:$$$ISERR(%sc) ##class(%Exception.StatusException).CreateFromStatus(%sc)
#define THROWSTATUS(%sc) throw ##class(%Exception.StatusException).CreateFromStatus(%sc)
#define QUITONERROR(%sc,%expr) set %sc=%expr quit:$$$ISERR(%sc) %sc
#define RETURNONERROR(%sc,%expr) set %sc=%expr return:$$$ISERR(%sc) %sc
#define SQLError 5540
#define ObjectScriptError 5002
#define CacheError 5002
#define SystemError $$$ERROR(5002,$zerror)
#define EnsSystemError $$$ERROR(5002,$zerror)
#def1arg EnsError(%args) $$$ERROR(%args)
#define eProductionStateRunning 1
#define eProductionStateStopped 2
#define eProductionStateSuspended 3
#define eProductionStateTroubled 4
#define eMessageTypeRequest 1
#define eMessageTypeResponse 2
#define eMessageTypeTerminate 3
#define eMessageInvocationQueue 1
#define eMessageInvocationInproc 2
#define eMessageStatusCreated 1
#define eMessageStatusQueued 2
#define eMessageStatusDelivered 3
#define eMessageStatusDiscarded 4
#define eMessageStatusSuspended 5
#define eMessageStatusDeferred 6
#define eMessageStatusAborted 7
#define eMessageStatusError 8
#define eMessageStatusCompleted 9
#define eLogTypeAssert 1
#define eLogTypeError 2
#define eLogTypeWarning 3
#define eLogTypeInfo 4
#define eLogTypeTrace 5
#define eLogTypeAlert 6
#def1arg AssertEquals(%args) ..AssertEqualsViaMacro("",%args)
#def1arg AssertNotEquals(%args) ..AssertNotEqualsViaMacro("",%args)
#def1arg AssertTrue(%args) ..AssertTrueViaMacro("",%args)
#def1arg AssertNotTrue(%args) ..AssertNotTrueViaMacro("",%args)
#def1arg AssertStatusOK(%args) ..AssertStatusOKViaMacro("",%args)
#def1arg AssertStatusNotOK(%args) ..AssertStatusNotOKViaMacro("",%args)
#def1arg AssertStatusEquals(%args) ..AssertStatusEqualsViaMacro("",%args)
#def1arg AssertFilesSame(%args) ..AssertFilesSameViaMacro("",%args)
#def1arg AssertFilesSQLUnorderedSame(%args) ..AssertFilesSQLUnorderedSameViaMacro("",%args)
#def1arg AssertSuccess(%args) ..AssertSuccessViaMacro("",%args)
#def1arg AssertFailure(%args) ..AssertFailureViaMacro("",%args)
#def1arg AssertSkipped(%args) ..AssertSkippedViaMacro("",%args)
#def1arg LogMessage(%args) ..LogMessage(%args)
"""

#: Include files of the system whose macros are known here or in the compiler: naming one is no cause for a note.
INCLUDE_FILES = frozenset(
    "%occInclude %occStatus %occErrors %occMessages %occSAX %occXMLParse %occReference %occConstant %occOptions "
    "%occCompile %occExtent %occODBC %occUtility %occFile %occLib %occCPTJSgen %occHTML %occDate %occKeyword "
    "%systemInclude %sySystem %syConfig %syError %sySecurity %syException %syTemplate %outUnitTest %outInclude "
    "%callout %cspInclude %sqlInclude %sqlx %DefineSQLConst %zenInclude %zenUtils %sySite %msql "
    "Ensemble EnsErrors EnsConstants EnsUtil EnsTypes EnsTC EnsSQLTypes EnsUI EnsHL7 EnsXPATH EnsUtilities "
    "HS.Common HS.HL7".split()
)
